using Akka.Actor;

namespace Akka.Cluster;

/// <summary>Answers each heartbeat, whoever asks: it says that this incarnation runs, and nothing else.</summary>
internal sealed class HeartbeatReceiver : ReceiveActor
{
    public HeartbeatReceiver(Cluster cluster) => Receive<Heartbeat>(beat =>
        cluster.Peers.Tell(beat.From.Address, ClusterPeers.HeartbeatSender, new HeartbeatResponse(cluster.SelfUniqueAddress, beat.To, beat.Sequence)));
}
