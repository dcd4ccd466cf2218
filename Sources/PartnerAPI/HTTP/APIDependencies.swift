/// Everything that the HTTP layer needs, in groups. A class: each request holds one reference.
package final class APIDependencies: Sendable {
    package let services: APIServices
    package let limits: APILimits
    package let site: APISite
    package let probes: APIProbes

    package init(services: APIServices, limits: APILimits, site: APISite, probes: APIProbes) {
        self.services = services
        self.limits = limits
        self.site = site
        self.probes = probes
    }
}
