using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;

namespace Akka.Cluster;

/// <summary>Remoting whose death watch goes by the membership.</summary>
internal sealed class ClusterActorRefProvider(ActorSystemImpl system, LocalActorRefProvider local) : RemoteActorRefProvider(system, local)
{
    protected override Props RemoteWatcherProps(IFailureDetectorRegistry<Address> detectors, Config config) => Props.Create(() => new ClusterRemoteWatcher(
        detectors,
        config.GetTimeSpan("heartbeat-interval", null, true),
        config.GetTimeSpan("unreachable-nodes-reaper-interval", null, true),
        config.GetTimeSpan("expected-response-after", null, true)));
}
