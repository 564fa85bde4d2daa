using Akka.Actor;
using Akka.Broker.Connections;
using Akka.Broker.Controller;
using Akka.Broker.Operations;
using Petabridge.Cmd;

namespace Akka.Broker.Cmd.Verbs;

/// <summary>
/// One verb while it runs: a task beside the actor, which ends with the one who asked. What the task says goes straight to the asker, in order, and last the end.
/// </summary>
internal sealed class VerbRun : UntypedActor
{
    private sealed class Ended
    {
        public static readonly Ended Instance = new();
    }

    private readonly Verb _verb;
    private readonly Command _command;
    private readonly BrokerAdministration _node;
    private readonly IActorRef _asker;
    private readonly CancellationTokenSource _cancelled = new();

    public VerbRun(Verb verb, Command command, BrokerAdministration node, IActorRef asker) =>
        (_verb, _command, _node, _asker) = (verb, command, node, asker);

    public static Props Props(Verb verb, Command command, BrokerAdministration node, IActorRef asker) =>
        Akka.Actor.Props.Create(() => new VerbRun(verb, command, node, asker));

    protected override void PreStart()
    {
        Context.Watch(_asker);
        var self = Self;
        _ = Task.Run(async () =>
        {
            _asker.Tell(await RunAsync().ConfigureAwait(false));
            self.Tell(Ended.Instance);
        });
    }

    protected override void PostStop() => _cancelled.Cancel();

    protected override void OnReceive(object message)
    {
        if (message is Ended or Terminated)
            Context.Stop(Self);
        else
            Unhandled(message);
    }

    /// <summary>The last answer.</summary>
    private async Task<CommandResponse> RunAsync()
    {
        try
        {
            var arguments = new VerbArguments(_verb.Definition, _command);
            using var context = new VerbContext(_node, arguments, text => _asker.Tell(new CommandResponse(text, false)), _cancelled.Token);
            await _verb.RunAsync(context).ConfigureAwait(false);
            return CommandResponse.Empty;
        }
        catch (OperationCanceledException) when (_cancelled.IsCancellationRequested)
        {
            return CommandResponse.Empty;
        }
        catch (Exception cause) when (cause is VerbException or ControllerUnavailableException or BrokerConnectionException or UnsupportedByBrokerException or TimeoutException)
        {
            return new ErroredCommandResponse(cause.Message);
        }
        catch (Exception bug)
        {
            return new ErroredCommandResponse($"'{_command.Name}' has failed, which is a bug: {bug}");
        }
    }
}
