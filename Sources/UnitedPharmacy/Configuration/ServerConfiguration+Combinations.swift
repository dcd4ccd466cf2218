internal import PharmacyServices
internal import PharmacyStore

extension ServerConfiguration {
    /// The attempts of a delivery, which must all be over before the delivery is removed.
    private static let webhookAttempts = 4

    /// The files of the certificate and its private key; `nil`: the server speaks plain HTTP.
    var certificateFiles: (certificate: String, key: String)? {
        guard let certificateFile, let certificateKeyFile else { return nil }
        return (certificateFile, certificateKeyFile)
    }

    /// The pharmacy system of tenants that are not sandboxes; `nil`: orders of these tenants fail as if it did not
    /// respond.
    var impetus: ImpetusSettings? {
        guard let impetusURL, let impetusToken else { return nil }
        return ImpetusSettings(url: impetusURL, token: impetusToken, callbackSecret: impetusCallbackSecret)
    }

    /// Where the database is.
    func databaseLocation(in directory: DataDirectory) -> DatabaseLocation {
        #if PostgreSQL
        if let databaseURL { return .server(url: databaseURL) }
        #endif
        return .file(directory.databasePath)
    }

    /// The file that anchors of the audit log are appended to.
    func auditAnchors(in directory: DataDirectory) -> AuditAnchorFile {
        AuditAnchorFile(path: auditAnchorFile ?? directory.auditAnchorPath)
    }

    /// Adds an error for each combination of settings that contradict each other.
    func checkCombinations(_ reader: inout SettingsReader) {
        if (certificateFile == nil) != (certificateKeyFile == nil) {
            reader.refuse("UP_TLS_CERT and UP_TLS_KEY must be set together.")
        }
        checkDatabase(&reader)
        if webhookRetention <= webhookRetryDelay * ServerConfiguration.webhookAttempts {
            reader.refuse(
                "UP_WEBHOOK_RETENTION must be longer than \(ServerConfiguration.webhookAttempts) times "
                    + "UP_WEBHOOK_RETRY_DELAY: a delivery must be over before it is removed.")
        }
        if (impetusURL == nil) != (impetusToken == nil) {
            reader.refuse("UP_IMPETUS_URL and UP_IMPETUS_TOKEN must be set together.")
        } else if impetusURL == nil, impetusCallbackSecret != nil {
            reader.refuse("UP_IMPETUS_CALLBACK_SECRET is of no use without UP_IMPETUS_URL.")
        }
    }

    private func checkDatabase(_ reader: inout SettingsReader) {
        #if PostgreSQL
        guard let databaseURL else { return }
        do {
            try DatabaseLocation.encryption(
                of: databaseURL, option: "UP_DATABASE_URL", allowingPlaintext: allowsPlaintextDatabase)
        } catch {
            reader.refuse("\(error)", of: "UP_DATABASE_URL")
        }
        #else
        guard databaseURL != nil else { return }
        reader.refuse(
            "UP_DATABASE_URL cannot be used: this program was built without libpq.", of: "UP_DATABASE_URL")
        #endif
    }
}
