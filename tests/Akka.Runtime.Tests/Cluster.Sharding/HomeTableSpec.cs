using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Akka.Runtime.Tests.Cluster.Sharding;

public sealed class HomeTableSpec : IAsyncDisposable
{
    private readonly ActorTestContext _context = new("");
    private readonly HomeTable _homes = new(bufferSize: 3);

    public ValueTask DisposeAsync() => _context.DisposeAsync();

    [Fact]
    public async Task Messages_wait_until_the_home_is_known_and_go_there_in_order()
    {
        var probe = _context.NewProbe();
        Keep("1", "a", "b");
        Keep("2", "c");
        _homes.Settle(_homes.Find("1")!, probe.Ref);
        await probe.ExpectAsync("a", "b");
        Assert.Equal(1, _homes.Waiting);
        Assert.Equal(["2"], _homes.Unknown);
    }

    [Fact]
    public void Message_beyond_the_buffer_is_refused_whatever_its_shard()
    {
        Keep("1", "a", "b", "c");
        Assert.False(_homes.TryKeep(_homes.GetOrAdd("2", out _), new Envelope("d", ActorRefs.Nobody)));
        Assert.Equal(["a", "b", "c"], _homes.GiveUp("1").Select(e => e.Message));
        Assert.True(_homes.TryKeep(_homes.GetOrAdd("2", out _), new Envelope("d", ActorRefs.Nobody)));
    }

    [Fact]
    public void Shards_of_a_region_that_has_ended_are_unknown_again_if_something_waits_for_them_and_gone_if_not()
    {
        var probe = _context.NewProbe();
        foreach (var shard in new[] { "1", "2" })
            _homes.Settle(_homes.GetOrAdd(shard, out _), probe.Ref);
        Keep("2", "a");
        _homes.ForgetAllAt(probe.Ref);
        Assert.Null(_homes.Find("1"));
        Assert.Equal(["2"], _homes.Unknown);
    }

    [Fact]
    public void Shard_that_failed_here_is_not_to_start_here_again_once_it_has_moved()
    {
        foreach (var shard in new[] { "handed off", "found elsewhere" })
        {
            Keep(shard, "a");
            _homes.Find(shard)!.Failed = true;
        }

        Assert.Empty(_homes.Unknown);
        _homes.Forget("handed off");
        _homes.Settle(_homes.Find("found elsewhere")!, _context.NewProbe().Ref);
        Assert.False(_homes.Find("handed off")!.Failed);
        Assert.False(_homes.Find("found elsewhere")!.Failed);
        Assert.Equal(["handed off"], _homes.Unknown);
    }

    private void Keep(string shard, params string[] messages)
    {
        foreach (var message in messages)
            Assert.True(_homes.TryKeep(_homes.GetOrAdd(shard, out _), new Envelope(message, ActorRefs.Nobody)));
    }
}
