import Logging
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Background jobs", .timeLimit(.minutes(1)))
struct BackgroundJobTests {
    private struct Fault: Error {}

    private let time = ManualClock()
    private let log = LogRecorder()

    @Test("A job at intervals runs at once and after each interval, also after a failure")
    func interval() async {
        let start = time.now()
        let (runs, ran) = AsyncStream.makeStream(of: Timestamp.self)
        let job = BackgroundJob("a test", every: .seconds(10), time: time, logger: log.logger) { [time] in
            ran.yield(time.now())
            if time.now() == start { throw Fault() }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await job.run() }
            var arrivals = runs.makeAsyncIterator()
            for number in 0..<3 {
                #expect(await arrivals.next() == start + .seconds(10) * number)
                await time.advanceToNextSleeper()
            }
            group.cancelAll()
        }
        #expect(log.all == ["a test failed and will try again", "a test works again"])
    }

    @Test("A job on changes runs after a notification, when its next record is due, and soon after a failure")
    func changes() async {
        let start = time.now()
        let notifier = ChangeNotifier()
        let (runs, ran) = AsyncStream.makeStream(of: Timestamp.self)
        let count = Mutex(0)
        let job = BackgroundJob("a test", on: .tenants, of: notifier, time: time, logger: log.logger) { [time] in
            ran.yield(time.now())
            let number = count.withLock { count in
                count += 1
                return count
            }
            switch number {
            case 2: return time.now() + .milliseconds(300)
            case 3: throw Fault()
            default: return nil
            }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await job.run() }
            var arrivals = runs.makeAsyncIterator()
            #expect(await arrivals.next() == start)
            notifier.notify([.tenants])
            #expect(await arrivals.next() == start)
            await time.advanceToNextSleeper()
            #expect(await arrivals.next() == start + .milliseconds(300))
            await time.advanceToNextSleeper()
            #expect(await arrivals.next() == start + .milliseconds(300) + ServiceLimits.failureWait)
            group.cancelAll()
        }
    }
}
