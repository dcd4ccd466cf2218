internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// Waits at the start for a database server that does not respond yet, because both may start with the machine. Lasting
/// failures, such as a wrong password, end the wait at once.
struct DatabaseStartWait {
    let limit: Duration
    let time: any ServerClock
    /// Called once, with the reason of the wait.
    let announce: @Sendable (String) -> Void

    /// Between two attempts.
    static let pause = Duration.milliseconds(500)

    /// Repeats the attempt until it succeeds, fails for a lasting reason, or `limit` has passed.
    /// - Throws: the error of the last attempt.
    func open<Value>(_ attempt: () async throws -> Value) async throws -> Value {
        let start = time.elapsed()
        var hasAnnounced = false
        while true {
            do {
                return try await attempt()
            } catch  where DatabaseStartWait.isTransient(error) && time.elapsed() - start < limit {
                if !hasAnnounced {
                    announce("\(error) Waiting for it for up to \(SettingKind<Duration>.text(limit)).")
                    hasAnnounced = true
                }
            }
            try await time.sleep(for: DatabaseStartWait.pause)
        }
    }

    private static func isTransient(_ error: any Error) -> Bool {
        if let refusal = error as? DatabaseRefusal { return refusal.isPassing }
        guard case StoreError.unavailable = error else { return false }
        return true
    }
}
