internal import Logging
internal import PartnerAPI
internal import PharmacyStore

extension Server {
    /// Logs the version, the database and the data directory, and whether the database is new.
    func announceStart(of installation: Installation, in directory: DataDirectory) {
        let (store, files) = (installation.store, installation.fileFindings)
        if let notice = files.notice { Terminal.hint(notice) }
        if let warning = files.warning { Terminal.hint(warning, level: .warning) }
        logger.info(
            "the server starts",
            metadata: [
                "version": "\(PartnerAPIRouter.version)", "engine": "\(store.product)",
                "schema_step": .stringConvertible(store.schemaStep), "data_directory": "\(directory.path)",
                "database": "\(installation.databaseName)",
            ])
        guard store.isNew else { return }
        if installation.traces.isEmpty {
            logger.notice("made a new database", metadata: ["database": "\(installation.databaseName)"])
        } else {
            logger.warning(
                """
                made a new database although the data directory has files of an earlier one: if there was one, stop \
                the server and restore it
                """,
                metadata: [
                    "database": "\(installation.databaseName)",
                    "files": .array(installation.traces.map { .string($0) }),
                ])
        }
    }
}
