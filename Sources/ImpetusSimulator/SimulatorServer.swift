import AsyncHTTPClient
package import Hummingbird
package import Logging
import NIOCore
import NIOHTTP1
import PharmacyDomain
import PharmacyServices
import ServiceLifecycle

/// A stand-alone pharmacy system with the API of `Documentation/impetus.md`, for tests and for developers of adapters.
/// It stores everything in memory.
package struct SimulatorServer: Sendable {
    package struct Settings: Sendable {
        package var host = "127.0.0.1"
        /// 0: any free port.
        package var port = 0
        package var token: String
        /// The URL for reports; `nil`: none are sent until `PUT /simulator/callbacks` sets one.
        package var callbackURL: String?
        /// The secret that signs reports. Without it none are sent.
        package var callbackSecret: String?
        /// The time between two steps of a prescription; `nil`: only on request.
        package var step: Duration?

        package init(token: String) {
            self.token = token
        }
    }

    private let settings: Settings
    private let system: SimulatedSystem

    package init(settings: Settings) {
        self.settings = settings
        system = SimulatedSystem(callbackURL: settings.callbackURL)
    }

    /// - Parameter onRunning: called with the port when the server listens.
    package func application(
        logger: Logger, onRunning: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        let routes = SimulatorRoutes(system: system, token: settings.token, send: send)
        var services: [any Service] = []
        if let step = settings.step { services.append(StepTimer(step: step, system: system, send: send)) }
        return Application(
            router: routes.router,
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: nil),
            services: services,
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    /// Sends reports one after the other. A report that is not accepted is lost. A real system would retry; losing it
    /// tests receivers that rely on retries.
    private func send(_ reports: [JSON]) async {
        guard let url = await system.callbackURL, let secret = settings.callbackSecret else { return }
        let signature = CallbackSignature(secret: secret)
        for report in reports {
            let body = report.bytes
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.headers.add(
                name: CallbackSignature.header, value: signature.header(body: body, sentAt: SystemClock().now()))
            request.body = .bytes(body)
            _ = try? await HTTPClient.shared.execute(request, timeout: .seconds(10))
        }
    }

    /// Advances all prescriptions periodically.
    private struct StepTimer: Service {
        let step: Duration
        let system: SimulatedSystem
        let send: @Sendable ([JSON]) async -> Void

        func run() async throws {
            await cancelWhenGracefulShutdown {
                while (try? await Task.sleep(for: step)) != nil {
                    await send(system.advanceAll(at: SystemClock().now()))
                }
            }
        }
    }
}
