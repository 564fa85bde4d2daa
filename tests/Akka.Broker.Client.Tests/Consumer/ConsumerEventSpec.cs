using Akka.Broker.Protocol;
using static Akka.Broker.Client.Tests.Consuming.ConsumerTestContext;

namespace Akka.Broker.Client.Tests.Consuming;

/// <summary>Events as a log shows them.</summary>
public sealed class ConsumerEventSpec
{
    private static readonly Exception Error = new InvalidOperationException("cannot");

    public static TheoryData<ConsumerEvent, string> Events => new()
    {
        { new PartitionsAssigned([T0, T1]), "Assigned: t-0, t-1" },
        { new PartitionsRevoked([T0, T1]), "Revoked: t-0, t-1" },
        { new PartitionsLost([T1]), "Lost: t-1" },
        { new HandlerTooSlow(T0, 7, TimeSpan.FromSeconds(30.5)), "t-0@7 has been in a handler's hands for 30.5 s" },
        { new HandlerFailed(T0, 7, 2, Error, TimeSpan.FromMilliseconds(50)), "t-0@7 was not handled, attempt 2: InvalidOperationException: cannot; it is tried again in 0.05 s" },
        { new RecordDeadLettered(T0, 7, 3, Error, "dead"), "t-0@7 went to dead after 3 attempts: InvalidOperationException: cannot" },
        { new RecordSkipped(T0, 7, 3, Error), "t-0@7 was left behind after 3 attempts, since there is no dead-letter topic: InvalidOperationException: cannot" },
        { new OffsetReset(T0, 7, -1, "offset 7 is out of range: going on at the end"), "t-0: offset 7 is out of range: going on at the end" },
        { new LogTruncated(T0, 9, 7), "t-0: records up to 9 were delivered, and the new leader's log ends at 7" },
        { new CommitFailed(new Dictionary<TopicPartition, OffsetAndMetadata> { [T0] = new(7), [T1] = new(8) }, Error), "Not committed: t-0@7, t-1@8: InvalidOperationException: cannot" },
        { new ConsumerTroubled("Fetching t-0", Error, IsFinal: true), "Fetching t-0: InvalidOperationException: cannot; the consumer has ended" },
    };

    [Theory]
    [MemberData(nameof(Events))]
    public void An_event_is_a_readable_line(ConsumerEvent told, string line) => Assert.Equal(line, told.ToString());

    [Fact]
    public void Each_kind_of_event_is_shown_here() =>
        Assert.Equal(
            typeof(ConsumerEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(ConsumerEvent))).Select(t => t.Name).Order(),
            Events.Select(e => e[0].GetType().Name).Order());
}
