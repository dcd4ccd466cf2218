internal import PharmacyServices
internal import ServiceLifecycle

/// A service that is described by its name only. ServiceLifecycle logs the description of services, which would
/// otherwise contain all their members.
struct NamedService: Service, CustomStringConvertible {
    let base: any Service

    var description: String { (base as? BackgroundJob)?.name ?? "\(type(of: base))" }

    func run() async throws { try await base.run() }
}
