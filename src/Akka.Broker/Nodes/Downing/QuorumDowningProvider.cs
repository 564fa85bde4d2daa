using Akka.Actor;
using Akka.Cluster;

namespace Akka.Broker.Nodes.Downing;

/// <summary>
/// The broker's split-brain resolver, <c>akka.cluster.downing-provider-class</c>. What decides is the metadata quorum, which Akka's cluster does not know: the
/// broker registers it with the actor system before anything joins.
/// </summary>
public sealed class QuorumDowningProvider : IDowningProvider
{
    private readonly ActorSystem _system;

    public QuorumDowningProvider(ActorSystem system, Cluster.Cluster cluster)
    {
        _system = system;
        DownRemovalMargin = TimeSpan.Zero;
    }

    /// <summary>A removed node's epochs fence what it still does: nobody has to wait for it.</summary>
    public TimeSpan DownRemovalMargin { get; }

    public Props DowningActorProps => DowningActor.Props(DowningServices.Of(_system));
}

/// <summary>What the provider's actor goes by. Registered with an actor system, since Akka makes the provider.</summary>
public sealed class DowningServices : IExtension
{
    private readonly TaskCompletionSource<DowningOptions> _options = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the broker has said.</summary>
    public Task<DowningOptions> Options => _options.Task;

    public static DowningServices Of(ActorSystem system) => (DowningServices)system.RegisterExtension(Provider.Instance);

    public void Provide(DowningOptions options) => _options.TrySetResult(options);

    private sealed class Provider : ExtensionIdProvider<DowningServices>
    {
        public static readonly Provider Instance = new();

        public override DowningServices CreateExtension(ExtendedActorSystem system) => new();
    }
}

/// <param name="NodeId">This node's.</param>
/// <param name="Membership">Its view of the cluster.</param>
/// <param name="Voters">The newest set in the metadata log.</param>
/// <param name="IsController">Whether this node leads the metadata log, as far as it knows.</param>
/// <param name="Confirm">A majority round trip: true if this node led at a time after the call.</param>
/// <param name="Time">For broken links.</param>
public sealed record DowningOptions(
    int NodeId, Membership Membership, Func<Replication.Quorum.VoterSet> Voters, Func<bool> IsController, Func<Task<bool>> Confirm, TimeProvider Time);
