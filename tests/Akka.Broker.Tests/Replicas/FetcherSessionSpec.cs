using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Replicas;
using Akka.Broker.Replication.Partitions;

namespace Akka.Broker.Tests.Replicas;

public sealed class FetcherSessionSpec
{
    private static readonly Guid Topic = Guid.NewGuid();
    private readonly FetcherSession _session = new();
    private readonly List<FetchPosition> _positions = [Position(0), Position(1), Position(2)];

    [Fact]
    public void The_first_request_names_all_and_the_next_only_what_has_moved()
    {
        var first = Fill();
        Assert.Equal((0, 0, 3), (first.SessionId, first.SessionEpoch, Named(first).Length));
        Assert.Equal([1024, 1025, 1026], first.Topics.SelectMany(t => t.Partitions).Select(p => p.PartitionMaxBytes));
        _session.OnAnswered(77);
        _positions[1].Next = _positions[1].Next with { Offset = 9 };

        var second = Fill();

        Assert.Equal((77, 1), (second.SessionId, second.SessionEpoch));
        Assert.Equal([1], Named(second));
        Assert.Empty(second.ForgottenTopicsData);
    }

    [Fact]
    public void What_is_not_ready_is_left_out_until_it_is()
    {
        Fill();
        _session.OnAnswered(77);
        _positions[2].State = FetchPositionState.Out;

        var without = Fill();
        Assert.Equal([2], without.ForgottenTopicsData.Single().Partitions);
        Assert.Null(_session.Find(Topic, 2));
        _session.OnAnswered(77);
        _positions[2].State = FetchPositionState.Ready;

        Assert.Equal([2], Named(Fill()));
    }

    [Fact]
    public void A_session_that_is_lost_begins_anew_with_all_that_is_ready()
    {
        Fill();
        _session.OnAnswered(77);
        _session.Reset();

        var again = Fill();

        Assert.Equal((77, 0, 3), (again.SessionId, again.SessionEpoch, Named(again).Length));
    }

    [Fact]
    public void Without_a_session_every_request_is_whole()
    {
        Fill();
        _session.OnAnswered(0);
        Assert.NotNull(_session.Find(Topic, 0));

        var second = Fill();

        Assert.Equal((0, 0, 3), (second.SessionId, second.SessionEpoch, Named(second).Length));
    }

    private static FetchPosition Position(int partition) =>
        new(new TopicIdPartition(Topic, "t", partition)) { Next = new ReplicaFetch(5, 0, -1, 0), State = FetchPositionState.Ready };

    private FetchRequest Fill()
    {
        var request = new FetchRequest();
        _session.Fill(request, _positions, _positions, static target => 1024 + target.Partition);
        return request;
    }

    private static int[] Named(FetchRequest request) => [.. request.Topics.SelectMany(t => t.Partitions).Select(p => p.Partition)];
}
