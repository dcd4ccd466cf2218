/// How a request's connection is used.
struct RequestManners: Equatable {
    /// Whether the connection stays open for another request (RFC 9112 §9.3).
    var keepsAlive: Bool
    /// Whether the client speaks HTTP/1.0, which knows neither interim responses nor chunks.
    var isHTTP10: Bool
}
