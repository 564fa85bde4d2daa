using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Verbs;
using Akka.Broker.Protocol.Messages;

namespace Akka.Broker.Cmd.Palettes;

/// <summary>Has the cluster forget a broker that does not come back. Until then it counts as one that is missing.</summary>
internal static class BrokerRemoval
{
    private const string Broker = "broker";

    public static Verb Verb { get; } = new VerbBuilder("unregister", "Forgets a broker that is stopped and does not come back", RunAsync)
        .Needs(Broker, "The broker's id", "-b").Execute().Build();

    private static async Task RunAsync(VerbContext context)
    {
        var (id, image) = (context.Arguments.Int(Broker), context.Image);
        if (!image.Brokers.TryGetValue(id, out var broker))
            throw new VerbException($"There is no broker {id}; there are {string.Join(", ", image.Brokers.Keys)}.");
        context.Say($"The cluster forgets broker {id}. If it starts again, it registers anew.");
        if (image.Topics.Values.Sum(t => t.Partitions.Count(p => p.TargetReplicas.Contains(id))) is > 0 and var held)
            context.Say($"{held} partitions have a replica assigned to it: move them to other brokers, now or later ('partition reassign').");
        if (!broker.Fenced)
            context.Say("It is alive: stop it first.");
        if (context.Node.Quorum.Status.Voters.ContainsNode(id))
            context.Say($"It is a voter of the metadata log: take its vote first ('controller remove-voter {id}').");
        if (!context.Executes)
        {
            context.SayHowToExecute();
            return;
        }
        var response = await context.AdministerAsync<UnregisterBrokerResponse>(new UnregisterBrokerRequest { BrokerId = id }).ConfigureAwait(false);
        Answers.Check(response.ErrorCode, response.ErrorMessage, $"Broker {id}");
        context.Say("Done.");
    }
}
