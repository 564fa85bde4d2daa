using Akka.Broker.Protocol;

namespace Akka.Broker.Replication.Tests.Metadata.Control;

public sealed class PlacementSpec
{
    [Theory]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    [InlineData(7, 2)]
    public void Leaders_and_replicas_are_spread_evenly_and_so_is_what_a_failed_broker_led(int brokers, short factor)
    {
        var context = new ControllerTestContext(brokers);
        var rounds = brokers - 1;
        context.Create("orders", brokers * rounds, factor);
        var partitions = context.Image.Topics["orders"].Partitions;

        Assert.All(partitions, p => Assert.Equal(factor, p.Replicas.Distinct().Count()));
        for (var id = 1; id <= brokers; id++)
        {
            Assert.Equal(rounds, partitions.Count(p => p.Leader == id));
            Assert.Equal(rounds * factor, partitions.Count(p => p.Replicas.Contains(id)));
            var heirs = partitions.Where(p => p.Leader == id).Select(p => p.Replicas[1]).ToList();
            Assert.Equal(brokers - 1, heirs.Distinct().Count());
        }
    }

    [Theory]
    [InlineData(new[] { "a", "a", "b", "b", "c", "c" }, 3)]
    [InlineData(new[] { "a", "a", "a", "b", "b", "b" }, 2)]
    [InlineData(new[] { "a", "b", "c" }, 3)]
    public void Racks_get_one_replica_each_while_there_are_enough(string[] racks, short factor)
    {
        var context = new ControllerTestContext(brokers: 0);
        for (var i = 0; i < racks.Length; i++)
            context.Register(i + 1, rack: racks[i]);
        context.Create("orders", 30, factor);

        Assert.All(context.Image.Topics["orders"].Partitions, p => Assert.Equal(factor, p.Replicas.Select(r => racks[r - 1]).Distinct().Count()));
    }

    [Fact]
    public void Every_rack_has_one_replica_before_any_has_two()
    {
        var context = new ControllerTestContext(brokers: 0);
        foreach (var (id, rack) in new[] { (1, "a"), (2, "a"), (3, "a"), (4, "b") })
            context.Register(id, rack: rack);
        context.Create("orders", 12, 3);

        Assert.All(context.Image.Topics["orders"].Partitions, p => Assert.Contains(4, p.Replicas));
    }

    [Fact]
    public void Topics_can_be_made_while_a_broker_is_down()
    {
        var context = new ControllerTestContext(brokers: 3);
        context.Fence(2);

        Assert.Equal(ErrorCode.None, context.Create("orders", 6, 3).ErrorCode);

        Assert.All(context.Image.Topics["orders"].Partitions, p =>
        {
            Assert.Equal([1, 2, 3], p.Replicas.Order());
            Assert.Equal([1, 3], p.Isr.Order());
        });
        Assert.Equal(3, context.Image.Topics["orders"].Partitions.Count(p => p.Leader == 1));
    }

    [Fact]
    public void Factor_above_the_number_of_brokers_is_refused_as_kafka_says_it()
    {
        var result = new ControllerTestContext(brokers: 2).Create("orders", 1, 3);

        Assert.Equal(ErrorCode.InvalidReplicationFactor, result.ErrorCode);
        Assert.Equal(
            "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 2 broker(s) are registered.",
            result.ErrorMessage);
    }

    [Fact]
    public void Nothing_is_placed_while_all_brokers_are_fenced()
    {
        var context = new ControllerTestContext(brokers: 1);
        context.Fence(1);

        Assert.Equal(ErrorCode.InvalidReplicationFactor, context.Create("orders", 1, 1).ErrorCode);
    }

    [Fact]
    public void Added_partitions_have_as_many_replicas_as_the_others()
    {
        var context = new ControllerTestContext(brokers: 3);
        context.Create("orders", 1, 2);

        context.Run(context.State.CreatePartitions(context.Image, new() { Topics = [new() { Name = "orders", Count = 4 }] }));

        Assert.All(context.Image.Topics["orders"].Partitions, p => Assert.Equal(2, p.Replicas.Distinct().Count()));
    }
}
