internal import Logging
internal import PartnerAPI
internal import PharmacyStore

extension ServerConfiguration {
    /// Logs what is being started on what: the first thing to look for when a server does not do what it should.
    func announceStart(of installation: Installation, in directory: DataDirectory, logger: Logger) {
        let (store, files) = (installation.store, installation.fileFindings)
        if let notice = files.notice { Terminal.hint(notice) }
        if let warning = files.warning { Terminal.hint(warning, level: .warning) }
        logger.info(
            "the server starts",
            metadata: [
                "version": "\(PartnerAPIRouter.version)", "engine": "\(store.product)",
                "schema_step": .stringConvertible(store.schemaStep), "data_directory": "\(directory.path)",
                "database": "\(installation.place)",
            ])
        guard store.isNew else { return }
        if installation.traces.isEmpty {
            logger.notice("made a new database", metadata: ["database": "\(installation.place)"])
        } else {
            logger.warning(
                """
                made a new database although the data directory has files of an earlier one: if there was one, stop the \
                server and restore it
                """,
                metadata: [
                    "database": "\(installation.place)",
                    "files": .array(installation.traces.map { .string($0) }),
                ])
        }
    }
}
