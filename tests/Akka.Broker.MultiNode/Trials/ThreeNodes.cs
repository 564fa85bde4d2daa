using Akka.Broker.MultiNode.Lab;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>One cluster of three, for every day.</summary>
public sealed class ThreeNodes : ClusterFixture
{
    /// <summary>The defaults of the product, but for the number of partitions that nobody here needs.</summary>
    protected override Task<Cluster> StartAsync() => Cluster.StartAsync(3, settings: "akka.broker.offsets.topic.num.partitions=6");
}
