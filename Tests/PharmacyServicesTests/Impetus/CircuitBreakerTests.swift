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

    @Test("Failures in a row open it; a success between them does not let it")
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

    @Test("After the cool-down one call goes out to see, and no other until its end")
    func probes() {
        var breaker = opened()
        expect(&breaker, admits: false, at: start + .milliseconds(9_999))
        expect(&breaker, admits: true, at: start + .seconds(10))
        expect(&breaker, admits: false, at: start + .seconds(11))
        breaker.succeeded()
        expect(&breaker, admits: true, at: start + .seconds(11))
        #expect(breaker.state == .closed(failures: 0))
    }

    @Test("A probe that fails opens it anew; one that is never heard of again lets another go")
    func probeFails() {
        var breaker = opened()
        expect(&breaker, admits: true, at: start + .seconds(10))
        breaker.failed(at: start + .seconds(12))
        expect(&breaker, admits: false, at: start + .seconds(21))
        expect(&breaker, admits: true, at: start + .seconds(22))
        expect(&breaker, admits: true, at: start + .seconds(32))
    }

    @Test("A call that its caller gives up opens nothing, and lets the next one see how the system is")
    func givenUp() {
        var breaker = CircuitBreaker(limit: 3, coolDown: .seconds(10))
        for _ in 0..<5 {
            expect(&breaker, admits: true, at: start)
            breaker.givenUp(at: start)
        }
        #expect(breaker.state == .closed(failures: 0))
        breaker = opened()
        expect(&breaker, admits: true, at: start + .seconds(10))
        breaker.givenUp(at: start + .seconds(11))
        expect(&breaker, admits: true, at: start + .seconds(11))
        expect(&breaker, admits: false, at: start + .seconds(12))
    }

    @Test("A call from before that fails late does not keep it open for longer")
    func lateFailure() {
        var breaker = opened()
        breaker.failed(at: start + .seconds(9))
        expect(&breaker, admits: true, at: start + .seconds(10))
    }
}
