internal import Logging
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyServices

/// Creates the clients of the pharmacies' systems: the simulated one of sandboxes, and Impetus.
struct PharmacySystemsFactory {
    let systems: PharmacySystems
    let codec: MedicationIDCodec
    private let transport: ImpetusTransport?

    init(_ configuration: ServerConfiguration, _ installation: Installation, logger: Logger) {
        let environment = installation.environment
        let codec = installation.keys.medicationIDs
        let transport = configuration.impetus.map {
            ImpetusTransport(
                settings: $0, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, time: environment.time,
                entropy: environment.entropy)
        }
        self.codec = codec
        self.transport = transport
        systems = PharmacySystems(
            sandbox: SandboxPharmacySystem(environment: environment, pace: configuration.sandboxStep),
            live: transport.map {
                ImpetusClient(transport: $0, codec: codec, time: environment.time, logger: logger)
            })
    }

    func shutdown() async { await transport?.shutdown() }
}
