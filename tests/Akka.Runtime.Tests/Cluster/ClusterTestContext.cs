namespace Akka.Runtime.Tests.Cluster;

/// <summary>A system that is a cluster of one, joined to itself unless a test wants to join later.</summary>
public sealed class ClusterTestContext : ActorTestContext
{
    private const string Hocon = """
        akka {
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
          cluster {
            roles = [broker]
            sharding { state-store-mode = ddata, distributed-data.durable.keys = [], retry-interval = 200ms, passivate-idle-entity-after = off }
          }
        }
        """;

    public ClusterTestContext(string extra = "", bool join = true)
        : base(Hocon + "\n" + extra)
    {
        Cluster = Akka.Cluster.Cluster.Get(System);
        if (join)
        {
            Cluster.Join(Cluster.SelfAddress);
        }
    }

    public Akka.Cluster.Cluster Cluster { get; }
}
