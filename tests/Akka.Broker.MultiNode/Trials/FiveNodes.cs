using Akka.Broker.MultiNode.Lab;

namespace Akka.Broker.MultiNode.Trials;

/// <summary>One cluster of five for the matrix, with the product's defaults.</summary>
public sealed class FiveNodes : ClusterFixture
{
    protected override bool IsWanted => Environment.GetEnvironmentVariable("AKKA_BROKER_MATRIX") == "1";

    protected override Task<Cluster> StartAsync() => Cluster.StartAsync(5, 6);
}
