using Akka.Broker.Client.Consuming;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Client.Tests.Consuming;

public sealed class FetchSessionSpec
{
    private static readonly Guid Id = new("00000000-0000-0000-0000-000000000001");

    [Fact]
    public void The_first_request_names_all_and_the_next_only_what_has_changed()
    {
        var session = new FetchSession();
        var first = Ask(session, Wish(0, 10), Wish(1, 20));
        Assert.Equal((0, 0), (first.SessionId, first.SessionEpoch));
        Assert.Equal("0@10 1@20", Wanted(first));
        Assert.True(session.OnResponse(new FetchResponse { SessionId = 77 }));

        var second = Ask(session, Wish(0, 15), Wish(1, 20));
        Assert.Equal((77, 1), (second.SessionId, second.SessionEpoch));
        Assert.Equal("0@15", Wanted(second));
        session.OnResponse(new FetchResponse { SessionId = 77 });
        Assert.Equal(2, Ask(session, Wish(0, 15), Wish(1, 20)).SessionEpoch);
    }

    [Fact]
    public void What_is_not_wanted_now_is_left_out_and_named_when_it_comes_back()
    {
        var session = new FetchSession();
        Ask(session, Wish(0, 10), Wish(1, 20));
        session.OnResponse(new FetchResponse { SessionId = 77 });

        var without = Ask(session, Wish(0, 10));
        Assert.Equal([1], without.ForgottenTopicsData.Single().Partitions);
        Assert.Equal(Id, without.ForgottenTopicsData.Single().TopicId);
        session.OnResponse(new FetchResponse { SessionId = 77 });
        Assert.Equal("1@20", Wanted(Ask(session, Wish(0, 10), Wish(1, 20))));
    }

    [Fact]
    public void A_refused_session_begins_anew_with_all()
    {
        var session = new FetchSession();
        Ask(session, Wish(0, 10));
        session.OnResponse(new FetchResponse { SessionId = 77 });
        Ask(session, Wish(0, 10));
        Assert.False(session.OnResponse(new FetchResponse { ErrorCode = ErrorCode.FetchSessionIdNotFound }));

        var again = Ask(session, Wish(0, 10));
        Assert.Equal((0, 0), (again.SessionId, again.SessionEpoch));
        Assert.Equal("0@10", Wanted(again));
    }

    [Fact]
    public void A_broker_that_keeps_no_session_is_told_all_each_time()
    {
        var session = new FetchSession();
        Ask(session, Wish(0, 10));
        session.OnResponse(new FetchResponse { SessionId = 0 });
        Assert.Equal("0@10", Wanted(Ask(session, Wish(0, 10))));
    }

    [Fact]
    public void A_new_leader_epoch_is_a_change()
    {
        var session = new FetchSession();
        Ask(session, Wish(0, 10));
        session.OnResponse(new FetchResponse { SessionId = 7 });
        Assert.Equal("0@10", Wanted(Ask(session, Wish(0, 10) with { LeaderEpoch = 9 })));
    }

    private static FetchRequest Ask(FetchSession session, params FetchWish[] wishes)
    {
        var request = new FetchRequest();
        session.Fill(request, wishes, 1024);
        return request;
    }

    private static FetchWish Wish(int partition, long offset) => new(new TopicIdPartition(Id, "t", partition), offset, 1);

    private static string Wanted(FetchRequest request) =>
        string.Join(' ', request.Topics.SelectMany(t => t.Partitions).Select(p => $"{p.Partition}@{p.FetchOffset}"));
}
