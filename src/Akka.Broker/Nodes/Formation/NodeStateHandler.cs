using Akka.Actor;
using Akka.Broker.Gateway;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Remoting;

namespace Akka.Broker.Nodes.Formation;

/// <summary>Tells other brokers what this node is, over the inter-broker listener.</summary>
public sealed class NodeStateHandler(NodeStateSource source) : RequestHandler<NodeStateRequest, NodeStateResponse>
{
    public override (short Min, short Max) Versions => (0, 0);

    public override bool IsInterBrokerOnly => true;

    public override ValueTask<NodeStateResponse> HandleAsync(NodeStateRequest request, RequestContext context, CancellationToken connectionClosed) =>
        new(source.Current());
}

/// <summary>To another node's <see cref="NodeStateActor"/>. Answered with <see cref="NodeStateTold"/>.</summary>
public sealed record AskNodeState : IRemoteMessage
{
    public static readonly AskNodeState Instance = new();
}

/// <summary>What a node is.</summary>
public sealed record NodeStateTold(NodeStateResponse State) : IRemoteMessage;

/// <summary>The same over Akka, at <c>/user/node-state</c>: at the first formation nodes know of each other no more than Akka addresses.</summary>
public sealed class NodeStateActor : ReceiveActor
{
    public const string Name = "node-state";

    public NodeStateActor(NodeStateSource source) => Receive<AskNodeState>(_ => Sender.Tell(new NodeStateTold(source.Current())));

    public static Props Props(NodeStateSource source) => Akka.Actor.Props.Create(() => new NodeStateActor(source));
}
