using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>The singleton: keeps one coordinator running. One that failed starts anew and learns from the regions what is where.</summary>
internal sealed class CoordinatorSupervisor : ReceiveActor
{
    public CoordinatorSupervisor(string typeName, ClusterShardingSettings settings, IShardAllocationStrategy strategy, string regionPath) =>
        Context.ActorOf(Props.Create(() => new ShardCoordinator(typeName, settings, strategy, regionPath)), "coordinator");
}
