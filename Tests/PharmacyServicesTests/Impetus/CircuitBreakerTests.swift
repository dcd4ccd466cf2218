import PharmacyServices
import Testing

@Suite("The circuit breaker")
struct CircuitBreakerTests {
    private let start = Duration.seconds(100)

    private func expect(
        _ breaker: inout CircuitBreaker, admits: Bool, at moment: Duration,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let isAdmitted = breaker.admits(at: moment)
        #expect(isAdmitted == admits, sourceLocation: sourceLocation)
    }

    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker(limit: 3, coolDown: .seconds(10))
        for _ in 0..<3 {
            expect(&breaker, admits: true, at: start)
            breaker.failed(at: start)
        }
        return breaker
    }

    @Test("Consecutive failures open it, and a success in between prevents that")
    func opens() {
        var breaker = CircuitBreaker(limit: 3, coolDown: .seconds(10))
        for _ in 0..<2 { breaker.failed(at: start) }
        breaker.succeeded()
        for _ in 0..<2 { breaker.failed(at: start) }
        expect(&breaker, admits: true, at: start)
        breaker.failed(at: start)
        expect(&breaker, admits: false, at: start)
        #expect(breaker.state == .open(until: start + .seconds(10)))
    }

    @Test("After the cool-down one call probes the system, and no other is made until its end")
    func probes() {
        var breaker = opened()
        expect(&breaker, admits: false, at: start + .milliseconds(9_999))
        expect(&breaker, admits: true, at: start + .seconds(10))
        expect(&breaker, admits: false, at: start + .seconds(11))
        breaker.succeeded()
        expect(&breaker, admits: true, at: start + .seconds(11))
        #expect(breaker.state == .closed(failures: 0))
    }

    @Test("A probe that fails opens the circuit again; a lost one allows another")
    func probeFails() {
        var breaker = opened()
        expect(&breaker, admits: true, at: start + .seconds(10))
        breaker.failed(at: start + .seconds(12))
        expect(&breaker, admits: false, at: start + .seconds(21))
        expect(&breaker, admits: true, at: start + .seconds(22))
        expect(&breaker, admits: true, at: start + .seconds(32))
    }

    @Test("An abandoned call does not open the circuit, and lets the next one probe the system")
    func givenUp() {
        var breaker = CircuitBreaker(limit: 3, coolDown: .seconds(10))
        for _ in 0..<5 {
            expect(&breaker, admits: true, at: start)
            breaker.abandoned(at: start)
        }
        #expect(breaker.state == .closed(failures: 0))
        breaker = opened()
        expect(&breaker, admits: true, at: start + .seconds(10))
        breaker.abandoned(at: start + .seconds(11))
        expect(&breaker, admits: true, at: start + .seconds(11))
        expect(&breaker, admits: false, at: start + .seconds(12))
    }

    @Test("A late failure of an earlier call does not extend the open state")
    func lateFailure() {
        var breaker = opened()
        breaker.failed(at: start + .seconds(9))
        expect(&breaker, admits: true, at: start + .seconds(10))
    }
}
