internal import ServiceLifecycle

/// A service that describes itself by its name alone: ServiceLifecycle logs whole services, with all that they hold.
struct NamedService: Service, CustomStringConvertible {
    let base: any Service

    var description: String { "\(type(of: base))" }

    func run() async throws { try await base.run() }
}
