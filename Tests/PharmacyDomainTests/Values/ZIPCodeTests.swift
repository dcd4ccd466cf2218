import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("ZIP codes and states")
struct ZIPCodeTests {
    @Test(
        "A ZIP code is in its state, with five digits or nine",
        arguments: [
            ("62704", "IL"), ("62704-1234", "IL"), ("10001", "NY"), ("06390", "NY"), ("06101", "CT"), ("00501", "NY"),
            ("00601", "PR"), ("00801", "VI"), ("20001", "DC"), ("20101", "VA"), ("73301", "TX"), ("88510", "TX"),
            ("78701", "TX"), ("83414", "WY"), ("84536", "AZ"), ("90210", "CA"), ("96799", "AS"), ("96813", "HI"),
            ("96910", "GU"), ("96960", "MH"), ("99501", "AK"), ("09001", "AE"), ("34001", "AA"), ("96201", "AP"),
        ])
    func inState(zip: String, state: String) {
        #expect(ZIPCode.states(of: zip).contains(state))
    }

    @Test("Every state has ZIP codes, and what is in no state has none")
    func complete() {
        let found = Set((0..<1000).flatMap { ZIPCode.states(of: String($0 + 1000).dropFirst() + "01") })
        #expect(found == Set(PatientRules.states))
        #expect(ZIPCode.states(of: "00001").isEmpty)
        #expect(ZIPCode.states(of: "").isEmpty)
        #expect(ZIPCode.states(of: "ABCDE").isEmpty)
    }

    @Test("A patient whose ZIP code is not in the state has a warning")
    func warning() throws {
        var details = try Fixtures.details()
        #expect(details.warnings.isEmpty)
        details.state = "TX"
        #expect(details.warnings == [.zipNotInState])
        #expect(throws: Never.self) { try details.validate(today: try Fixtures.today()) }
    }
}
