internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// Waits, when the server starts, for a database server that is not up yet: both may start with the machine. What time does
/// not mend, such as a wrong password, is not waited for.
struct DatabaseStartWait {
    let limit: Duration
    let time: any ServerClock
    /// Tells the operator once what is waited for.
    let announce: @Sendable (String) -> Void

    /// Between two tries.
    static let pause = Duration.milliseconds(500)

    /// Tries until it is done, or the time is over.
    /// - Throws: what the last try has thrown.
    func open<Value>(_ attempt: () async throws -> Value) async throws -> Value {
        let start = time.elapsed()
        var hasAnnounced = false
        while true {
            do {
                return try await attempt()
            } catch  where DatabaseStartWait.isPassing(error) && time.elapsed() - start < limit {
                if !hasAnnounced {
                    announce("\(error) Waiting for it, \(SettingKind<Duration>.text(limit)) at the most.")
                    hasAnnounced = true
                }
            }
            try await time.sleep(for: DatabaseStartWait.pause)
        }
    }

    private static func isPassing(_ error: any Error) -> Bool {
        if let refusal = error as? DatabaseRefusal { return refusal.isPassing }
        guard case StoreError.unavailable = error else { return false }
        return true
    }
}
