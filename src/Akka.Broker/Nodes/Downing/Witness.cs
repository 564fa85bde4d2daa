using Akka.Actor;
using Akka.Broker.Remoting;

namespace Akka.Broker.Nodes.Downing;

/// <summary>To another member's <see cref="Witness"/>: which of these do you reach? Node ids and addresses of their actor systems, in the same order.</summary>
public sealed record WhomDoYouReach(IReadOnlyList<int> Suspects, IReadOnlyList<string> Addresses) : IRemoteMessage;

/// <summary>The answer.</summary>
public sealed record IReach(int Observer, IReadOnlyList<int> Suspects) : IRemoteMessage;

/// <summary>Calls suspects on the controller's behalf and tells which of them answered. At <c>/user/witness</c> on every node.</summary>
public sealed class Witness : ReceiveActor
{
    public const string Name = "witness";
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMilliseconds(400);
    private readonly int _nodeId;

    public Witness(int nodeId)
    {
        _nodeId = nodeId;
        Receive<WhomDoYouReach>(question =>
        {
            var system = Context.System;
            ReachAsync(system, question).PipeTo(Sender);
        });
    }

    public static Props Props(int nodeId) => Actor.Props.Create(() => new Witness(nodeId));

    private async Task<IReach> ReachAsync(ActorSystem system, WhomDoYouReach question)
    {
        var calls = question.Suspects.Zip(question.Addresses, (id, address) => CallAsync(system, id, address));
        var reached = await Task.WhenAll(calls).ConfigureAwait(false);
        return new IReach(_nodeId, [.. reached.Where(id => id >= 0)]);
    }

    private static async Task<int> CallAsync(ActorSystem system, int nodeId, string address)
    {
        try
        {
            var answer = await system.ActorSelection($"{address}/user/{Name}").Ask<ActorIdentity>(new Identify(nodeId), AnswerMax).ConfigureAwait(false);
            return answer.Subject is null ? -1 : nodeId;
        }
        catch (AskTimeoutException)
        {
            return -1;
        }
    }
}
