/// What a request determines about its connection.
struct ConnectionSemantics: Equatable {
    /// Whether the connection stays open for another request (RFC 9112 §9.3).
    var keepsAlive: Bool
    /// Whether the client speaks HTTP/1.0, which has neither interim responses nor chunks.
    var isHTTP10: Bool
}
