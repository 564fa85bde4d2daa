using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Akka.Runtime.Tests.Cluster.Sharding;

public sealed class PassivationSpec
{
    [Fact]
    public async Task Passivated_entity_loses_no_message_and_starts_again_for_what_came()
    {
        await using var context = new ShardingTestContext();
        context.Tell("a1", 0);
        var first = await context.Probe.ExpectAsync<int>();
        var entity = context.Probe.LastSender;
        var shard = await ParentAsync(context, entity);
        var gate = new TaskCompletionSource();
        // In the entity's name, straight to the shard: what is sent after this finds the entity passivating.
        shard.Tell(new Passivate(new StopSlowly(gate.Task)), entity);
        await context.Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, TimeSpan.FromSeconds(10));
        for (var i = 0; i < 100; i++)
        {
            context.Tell("a1", $"{i}");
        }

        context.Tell("a1", 0);
        await context.Region.Ask<CurrentShardRegionState>(GetShardRegionState.Instance, TimeSpan.FromSeconds(10));
        Assert.True(context.Probe.IsEmpty);
        gate.SetResult();
        await context.Probe.ExpectAsync(Enumerable.Range(0, 100).Select(i => (object)$"a1: {i}").ToArray());
        Assert.NotEqual(first, await context.Probe.ExpectAsync<int>());
    }

    [Fact]
    public async Task Passivating_again_and_again_under_load_loses_nothing()
    {
        await using var context = new ShardingTestContext();
        var expected = new List<object>();
        for (var i = 0; i < 2_000; i++)
        {
            if (i % 7 == 0)
            {
                context.Tell("a1", new Passivate(new Stop()));
            }

            context.Tell("a1", $"{i}");
            expected.Add($"a1: {i}");
        }

        await context.Probe.ExpectAsync([.. expected]);
    }

    [Fact]
    public async Task Idle_entities_are_passivated()
    {
        await using var context = new ShardingTestContext("akka.cluster.sharding.passivate-idle-entity-after = 200ms");
        context.Tell("a1", 0);
        await context.Probe.ExpectAsync<int>();
        var watcher = context.Watch(context.Probe.LastSender);
        await watcher.ExpectAsync<Terminated>();
        context.Tell("a1", "x");
        await context.Probe.ExpectAsync("a1: x");
    }

    private static Task<IActorRef> ParentAsync(ShardingTestContext context, IActorRef entity) =>
        context.Cluster.System.ActorSelection(entity.Path.Parent.ToString()).ResolveOne(TimeSpan.FromSeconds(10));
}
