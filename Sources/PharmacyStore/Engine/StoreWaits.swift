internal import Metrics

/// Histograms of the time that transactions wait for a connection before they begin. It grows before requests are refused.
enum StoreWaits {
    private static let reads = timer(.read)
    private static let writes = timer(.write)

    private static func timer(_ access: StoreAccess) -> Timer {
        Timer(label: "store_wait_seconds", dimensions: [("access", access.rawValue)])
    }

    static func note(_ access: StoreAccess, since arrival: ContinuousClock.Instant, until now: ContinuousClock.Instant)
    {
        let nanoseconds = arrival.duration(to: now) / .nanoseconds(1)
        (access == .read ? reads : writes).recordNanoseconds(Int64(nanoseconds))
    }
}
