import ArgumentParser
import Glibc
import Hummingbird
import Logging
import PharmacyDomain

/// The executable `impetus-simulator`.
@main
struct ImpetusSimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "impetus-simulator",
        abstract: "Simulate pharmacies with the API of Documentation/impetus.md.",
        discussion: """
            PUT /simulator/faults sets failures, PUT /simulator/callbacks sets the URL for reports, GET \
            /simulator/ledger shows every prescription, and POST /simulator/prescriptions/{id}/finish completes a \
            prescription.
            """)

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 for any free port.")
    var port = 8083

    @Option(help: "The token that requests must carry (UP_IMPETUS_TOKEN of the server).")
    var token: String

    @Option(help: "The URL for reports: https://…/impetus/v1/events of the server.")
    var callbackURL: String?

    @Option(help: "The secret that signs reports (UP_IMPETUS_CALLBACK_SECRET of the server).")
    var callbackSecret: String?

    @Option(help: "Time between two statuses, for example 5s; manual: only on request.")
    var step = "5s"

    func validate() throws {
        if callbackURL != nil, callbackSecret == nil {
            throw ValidationError("--callback-url requires --callback-secret.")
        }
        if step != "manual", DurationText.parse(step) == nil {
            throw ValidationError("--step must be a duration, for example 500ms, 5s or 1m, or manual.")
        }
        if !(0...65535).contains(port) { throw ValidationError("--port must be a number from 0 to 65535.") }
    }

    func run() async throws {
        var settings = SimulatorServer.Settings(token: token)
        settings.host = host
        settings.port = port
        settings.step = DurationText.parse(step)
        settings.callbackURL = callbackURL
        settings.callbackSecret = callbackSecret
        let logger = Logger(label: "impetus-simulator")
        try await SimulatorServer(settings: settings).application(logger: logger) { [host] port in
            // Flushed, because scripts wait for this line through a pipe.
            print("Listening on http://\(host):\(port)")
            fflush(nil)
        }.runService()
    }
}
