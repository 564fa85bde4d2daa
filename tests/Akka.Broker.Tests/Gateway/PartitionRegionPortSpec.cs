using Akka.Actor;
using Akka.Broker.Gateway;
using Akka.Broker.Partitions;
using Akka.Broker.Protocol;
using Akka.Tests;

namespace Akka.Broker.Tests.Gateway;

public sealed class PartitionRegionPortSpec : PatientTestKit
{
    private static readonly TopicIdPartition Target = new(Guid.NewGuid(), "orders", 0);

    [Fact]
    public async Task Commands_arrive_in_the_order_of_the_calls_and_answers_find_their_callers()
    {
        var port = new PartitionRegionPort(TestActor);
        var replies = Enumerable.Range(0, 20).Select(i => port.AppendAsync(Append(i), TimeSpan.FromSeconds(10))).ToList();
        var senders = new List<IActorRef>();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(i, ExpectMsg<AppendRecords>().LeaderEpoch);
            senders.Add(LastSender);
        }
        for (var i = 19; i >= 0; i--)
            senders[i].Tell(new AppendReply(ErrorCode.None, i, -1, 0));
        for (var i = 0; i < 20; i++)
            Assert.Equal(i, (await replies[i])!.BaseOffset);
    }

    [Fact]
    public async Task Silence_is_told_as_such_and_a_late_answer_harms_nobody()
    {
        var port = new PartitionRegionPort(TestActor);
        var reply = port.AppendAsync(Append(1), TimeSpan.FromMilliseconds(20));
        ExpectMsg<AppendRecords>();
        var sender = LastSender;
        Assert.Null(await reply);
        sender.Tell(new AppendReply(ErrorCode.None, 1, -1, 0));
        var next = port.GetProducersAsync(new GetProducers(Target, 5), TimeSpan.FromSeconds(10));
        ExpectMsg<GetProducers>();
        LastSender.Tell(new ProducersReply(ErrorCode.None, []));
        Assert.Empty((await next)!.Producers);
    }

    private static AppendRecords Append(int epoch) => new(Target, epoch, Memory<byte>.Empty, -1, long.MaxValue, AppendOrigin.Client);
}
