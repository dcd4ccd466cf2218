internal import ArgumentParser

/// `united-pharmacy serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the API, by default the sandbox on 127.0.0.1:8082.",
        discussion: """
            A flag takes precedence over the environment, and the environment over the file of settings. These are all \
            settings, as variables of the environment and as lines of the file:

            \(SettingsHelp.text)
            """)

    @Option(setting: "UP_HOST") var host: String?
    @Option(setting: "UP_PORT") var port: String?
    @Option(setting: "UP_PUBLIC_URL") var publicUrl: String?
    @Option(setting: "UP_TLS_CERT") var tlsCert: String?
    @Option(setting: "UP_TLS_KEY") var tlsKey: String?
    @Flag(setting: "UP_HTTP_ALLOW_PLAINTEXT") var allowPlaintextHttp = false
    @Option(setting: "UP_KEEP_ALIVE") var keepAlive: String?
    @Option(setting: "UP_DATA_DIR") var dataDir: String?
    @Option(setting: "UP_DATABASE_URL") var databaseUrl: String?
    @Option(setting: "UP_MASTER_KEY_FILE") var masterKeyFile: String?

    @Option(help: "A file of NAME=value lines with settings (UP_CONFIG).")
    var config: String?

    @Flag(help: "Check the settings, the master key, the certificate and the database, print the results, and exit.")
    var checkConfig = false

    /// The given flags by the names of their settings.
    var flags: [String: String?] {
        [
            "UP_HOST": host, "UP_PORT": port, "UP_PUBLIC_URL": publicUrl, "UP_TLS_CERT": tlsCert, "UP_TLS_KEY": tlsKey,
            "UP_HTTP_ALLOW_PLAINTEXT": allowPlaintextHttp ? "yes" : nil, "UP_KEEP_ALIVE": keepAlive,
            "UP_DATA_DIR": dataDir, "UP_DATABASE_URL": databaseUrl, "UP_MASTER_KEY_FILE": masterKeyFile,
        ]
    }

    func run() async throws {
        try await Failure.reported {
            let settings = try await Settings(flags: flags, configFile: config)
            settings.announceWarnings()
            if checkConfig { return try await ConfigurationCheck(settings).run() }
            let configuration = try ServerConfiguration(settings)
            let policy = try ServingPolicy(configuration)
            LogOutput.bootstrap(level: configuration.logLevel, format: configuration.logFormat)
            try await Server(configuration: configuration, policy: policy).run()
        }
    }
}
