using Akka.Broker.MultiNode.Lab;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>One more node than replicas, so that there is somewhere to move them.</summary>
public sealed class FourNodes : ClusterFixture
{
    protected override bool IsWanted => Environment.GetEnvironmentVariable("AKKA_BROKER_MATRIX") == "1";

    protected override Task<Cluster> StartAsync() => Cluster.StartAsync(4, settings: "akka.broker.offsets.topic.num.partitions=3");
}
