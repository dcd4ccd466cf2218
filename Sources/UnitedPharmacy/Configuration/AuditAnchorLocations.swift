internal import PharmacyServices

/// The destinations of anchors of the audit log, from the settings.
struct AuditAnchorLocations {
    let file: AuditAnchorFile
    /// Destinations in addition to the file.
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
