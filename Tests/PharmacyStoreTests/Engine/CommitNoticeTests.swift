import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Notices of commits")
struct CommitNoticeTests {
    private func tenant(_ number: Int) -> TenantID? {
        TenantID("00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - String(number).count) + String(number))
    }

    @Test("A notice as text says the same, and fits into a notification of PostgreSQL")
    func text() throws {
        var notice = CommitNotice([.dispatch, .deliveries])
        for number in 0..<200 { notice.note(.records, of: try #require(tenant(number))) }
        #expect(notice.tenants.count == 200 && !notice.isAboutAllTenants)
        #expect(CommitNotice(text: notice.text) == notice)
        #expect((notice.text + StoreChannel.allCases.map(\.rawValue).joined(separator: " ")).utf8.count < 8000)
        notice.note(.requests, of: try #require(tenant(200)))
        #expect(notice.tenants.isEmpty && notice.isAboutAllTenants)
        #expect(CommitNotice(text: notice.text) == notice)
        #expect(CommitNotice(text: CommitNotice.everything.text) == .everything)
    }

    @Test("Words of a newer program are ignored")
    func unknown() {
        let text = "dispatch batches \u{e9} ** - 1: :x 900:00000000-0000-4000-8000-000000000000 1:2:3"
        #expect(CommitNotice(text: text) == CommitNotice([.dispatch]))
        #expect(CommitNotice(text: "").isEmpty)
    }

    @Test("Notices are merged, and what is about all tenants stays so")
    func union() throws {
        var notice = CommitNotice([.dispatch])
        var other = CommitNotice([.deliveries])
        other.note(.requests, of: try #require(tenant(1)))
        notice.formUnion(other)
        #expect(notice.channels == [.dispatch, .deliveries] && notice.tenants.count == 1)
        notice.formUnion(.everything)
        notice.formUnion(other)
        #expect(notice == .everything)
    }

    @Test("Those who look at a tenant are told of the changes that they show, and of those that may concern any tenant")
    func subscribers() async throws {
        let notifier = ChangeNotifier()
        let id = try #require(tenant(1))
        let (records, all) = (notifier.changes(.records, of: id), notifier.changes([.records, .requests], of: id))
        var notice = CommitNotice()
        notice.note(.requests, of: id)
        notifier.notify(notice)
        try await all.wait()
        let waiting = Task { try await records.wait() }
        waiting.cancel()
        let outcome = await waiting.result
        #expect(throws: CancellationError.self) { try outcome.get() }
        notice.note(.records, of: id)
        #expect(CommitNotice(text: notice.text).tenants == [id: [.records, .requests]])
        notifier.notify(notice)
        try await records.wait()
        notifier.notify(.everything)
        try await records.wait()
        try await all.wait()
    }
}
