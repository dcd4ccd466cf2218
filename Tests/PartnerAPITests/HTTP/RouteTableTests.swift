import HTTPTypes
import PartnerAPI
import PharmacyDomain
import Testing

@Suite("Routes")
struct RouteTableTests {
    private let table = RouteTable(PartnerAPIRouter.endpoints)

    private func allow(_ path: String) -> String? {
        table.route(RouteTable.segments(of: "/pharmacy/sandbox/api/v1/\(path)"))?.allow
    }

    @Test(
        "Allow lists the methods of a path",
        arguments: [
            ("ping", "GET, HEAD"), ("orders", "POST, GET, HEAD"), ("patients/1", "GET, HEAD, PUT, DELETE"),
            ("auth/token", "POST"), ("auth/credentials/1", "PATCH, DELETE"), ("sandbox/wipe", "POST"),
            ("webhooks/sample", "GET, HEAD"), ("patients//1/", "GET, HEAD, PUT, DELETE"),
        ])
    func methods(path: String, methods: String) {
        #expect(allow(path) == methods)
    }

    @Test(
        "A path is split as the router splits it: at slashes, but not at a slash with a combining mark",
        arguments: ["/pharmacy/a//b/", "", "/", "//", "a", "/é/雪/", "/a/\u{338}b/c", "/\u{338}/a"])
    func segments(path: String) {
        #expect(RouteTable.segments(of: path) == path.split(separator: "/"))
    }

    @Test("An unknown path has no route", arguments: ["", "pingg", "patients/1/2/3", "orders/1/advance", "Ping"])
    func unknown(path: String) {
        #expect(allow(path) == nil)
    }

    @Test("No two endpoints have the same path and method")
    func uniqueness() {
        let names = PartnerAPIRouter.endpoints.map { "\($0.operation.method.rawValue) \($0.operation.fullPath)" }
        #expect(Set(names).count == names.count)
    }
}
