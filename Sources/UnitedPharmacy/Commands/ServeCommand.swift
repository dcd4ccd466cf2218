internal import ArgumentParser

/// `united-pharmacy serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the API, by default the sandbox on 127.0.0.1:8082.")

    @Option(help: "The address to listen on (UP_HOST).")
    var host: String?

    @Option(help: "The port to listen on; 0 for any free one (UP_PORT).")
    var port: String?

    @Option(help: "Where data is kept (UP_DATA_DIR).")
    var dataDir: String?

    @Option(help: "Where data is kept instead of SQLite (UP_DATABASE_URL).")
    var databaseUrl: String?

    @Option(help: "A file with the master key (UP_MASTER_KEY_FILE).")
    var masterKeyFile: String?

    @Option(help: "A PEM file with the certificate to serve https with (UP_TLS_CERT).")
    var tlsCert: String?

    @Option(help: "A PEM file with the certificate's private key (UP_TLS_KEY).")
    var tlsKey: String?

    @Option(help: "Where partners reach the server (UP_PUBLIC_URL).")
    var publicUrl: String?

    @Option(help: "How long a connection stays open between requests, from 1s to 1h (UP_KEEP_ALIVE).")
    var keepAlive: String?

    @Flag(help: "Serve plain HTTP on an address that is not loopback (UP_HTTP_ALLOW_PLAINTEXT).")
    var allowPlaintextHttp = false

    @Option(help: "A file of NAME=value lines with UP_ settings (UP_CONFIG).")
    var config: String?

    @Flag(help: "Check settings, master key, certificate and database, say what was found, and exit.")
    var checkConfig = false

    func run() async throws {
        try await Failure.reported {
            let settings = try await Settings(
                flags: [
                    "UP_HOST": host, "UP_PORT": port, "UP_DATA_DIR": dataDir, "UP_DATABASE_URL": databaseUrl,
                    "UP_MASTER_KEY_FILE": masterKeyFile, "UP_PUBLIC_URL": publicUrl,
                    "UP_TLS_CERT": tlsCert, "UP_TLS_KEY": tlsKey, "UP_KEEP_ALIVE": keepAlive,
                    "UP_HTTP_ALLOW_PLAINTEXT": allowPlaintextHttp ? "yes" : nil,
                ], configFile: config)
            settings.introduce()
            if checkConfig { return try await ConfigurationCheck(settings).run() }
            let configuration = try ServerConfiguration(settings)
            let policy = try ServingPolicy(configuration)
            LogOutput.bootstrap(level: configuration.logLevel, format: configuration.logFormat)
            try await Server(configuration: configuration, policy: policy).run()
        }
    }
}
