import Foundation
import Metrics
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import UnitedPharmacy

@Suite("The page of metrics", .timeLimit(.minutes(3)))
struct MetricsTests {
    /// The names of the page's families, and of those that have each kind of line.
    private struct Families {
        var help: Set<String> = []
        var types: Set<String> = []
        var samples: Set<String> = []

        init(_ page: String) {
            for line in page.split(separator: "\n") {
                let words = line.split(separator: " ")
                switch (words[0], words[1]) {
                case ("#", "HELP"): if words.count > 3 { help.insert(String(words[2])) }
                case ("#", "TYPE"): types.insert(String(words[2]))
                default: samples.insert(String(line.prefix { $0 != " " && $0 != "{" }))
                }
            }
        }
    }

    @Test("Every metric has a help text, a type and a known prefix, and the server's metrics are present")
    func families() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        for number in 0..<3 {
            #expect(try await partner.call(.POST, "/orders", body: partner.order(reference: "\(number)")).status == 201)
        }
        let response = try await Partner.call(.GET, server.origin + "/metrics", token: nil)
        let page = String(decoding: response.bytes, as: UTF8.self)
        let families = Families(page)
        #expect(families.help == families.types)
        for name in families.types {
            #expect(name.hasPrefix("united_pharmacy_") != name.hasPrefix("process_"), "\(name)")
        }
        for sample in families.samples {
            let isHistogram = ["_bucket", "_sum", "_count"].first { sample.hasSuffix($0) }.map {
                families.types.contains(String(sample.dropLast($0.count)))
            }
            #expect(families.types.contains(sample) || isHistogram == true, "\(sample)")
        }
        let engine = TestDatabase.isPostgreSQL ? "postgresql" : "sqlite"
        #expect(page.contains("united_pharmacy_build_info{engine=\"\(engine)\",swift=\"6."))
        for name in [
            "process_cpu_seconds_total", "process_start_time_seconds", "process_resident_memory_bytes",
            "process_open_fds", "process_max_fds", "united_pharmacy_store_errors_total",
            "united_pharmacy_store_wait_seconds_count", "united_pharmacy_backlog_items",
            "united_pharmacy_backlog_oldest_age_seconds", "united_pharmacy_requests_total",
        ] { #expect(families.samples.contains(name), "\(name)") }
        for access in ["read", "write"] {
            let count = "united_pharmacy_store_wait_seconds_count{access=\"\(access)\"} "
            let line = try #require(page.split(separator: "\n").first { $0.hasPrefix(count) })
            #expect(Int(line.dropFirst(count.count)) ?? 0 > 3)
        }
        for work in ["audit_entries", "order_dispatches", "webhook_deliveries", "webhook_deliveries_due"] {
            #expect(page.contains("united_pharmacy_backlog_items{work=\"\(work)\"} "))
        }
        func value(_ name: String) throws -> Double {
            let line = try #require(page.split(separator: "\n").first { $0.hasPrefix(name + " ") })
            return try #require(Double(line.dropFirst(name.count + 1)))
        }
        let (open, most) = (try value("process_open_fds"), try value("process_max_fds"))
        #expect(open > 3 && open < most)
        #expect(try value("process_resident_memory_bytes") > 1_000_000)
        #expect(try value("process_cpu_seconds_total") > 0)
        let age = Date().timeIntervalSince1970 - (try value("process_start_time_seconds"))
        #expect(age > -2 && age < 180)
    }

    @Test("Each metric of the code has a help text, and each help text a metric")
    func catalog() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources")
            .standardized
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var names: Set<String> = [PrometheusLimits.refusalsName]
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            for made in text.matches(of: /(Counter|Gauge|Meter|Recorder|Timer)\(\s*label: "([a-z_]+)"/) {
                names.insert(
                    PrometheusName.metric(
                        String(made.2), suffix: ["Counter": "_total", "Timer": "_seconds"][made.1] ?? ""))
            }
        }
        #expect(names == Set(MetricCatalog.help.keys))
        for help in MetricCatalog.help.values { #expect(help.hasSuffix(".") && !help.contains("\n")) }
    }

    @Test("Every name has the prefix, help comes before the type, and special characters are escaped")
    func rendering() {
        let registry = PrometheusRegistry(prefix: "up_", help: ["a_total": "One\\line\nor two."])
        Counter(label: "a", factory: registry).increment()
        Metrics.Timer(label: "b", dimensions: [("x", "y")], factory: registry).recordNanoseconds(1)
        let page = registry.text()
        #expect(page.hasPrefix("# HELP up_a_total One\\\\line\\nor two.\n# TYPE up_a_total counter\nup_a_total 1\n"))
        #expect(page.contains("# TYPE up_b_seconds histogram\nup_b_seconds_bucket{x=\"y\",le=\"0.001\"} 1\n"))
        #expect(
            page.contains("up_b_seconds_count{x=\"y\"} 1\n") && page.contains("up_metrics_series_dropped_total 0\n"))
    }
}
