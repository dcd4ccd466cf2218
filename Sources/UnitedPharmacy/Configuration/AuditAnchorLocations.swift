internal import PharmacyServices

/// Where anchors of the audit log are written, as the operator has settled it.
struct AuditAnchorLocations {
    let file: AuditAnchorFile
    /// Besides the file.
    let sinks: [any AuditAnchorSink]
    private let collector: AuditAnchorCollector?

    init(_ configuration: ServerConfiguration, in directory: DataDirectory) {
        file = configuration.auditAnchors(in: directory)
        let collector = configuration.auditAnchorURL.map { AuditAnchorCollector(url: $0) }
        self.collector = collector
        let syslog = configuration.sendsAuditAnchorsToSyslog ? AuditAnchorSyslog() : nil
        sinks = [syslog as (any AuditAnchorSink)?, collector].compactMap(\.self)
    }

    func shutdown() async { await collector?.shutdown() }
}
