using System.Text;
using Akka.Actor;
using Petabridge.Cmd.Parsing;
using Petabridge.Cmd.Wire;

namespace Petabridge.Cmd.Host;

/// <summary>
/// Proposes values that only the palettes know, such as the names of what there is. A palette that knows some has a command <c>names</c>, whose first argument is the
/// kind: where that argument proposes the name of the argument that is being written, the command is run and each line of its output is a proposal. A command that
/// fails proposes nothing, one that takes longer than a user would wait is ended, and no more than a few run for one client. Any thread.
/// </summary>
internal sealed class NameProposals(ActorSystem system, IReadOnlyList<CommandPaletteHandler> handlers)
{
    private const string CommandName = "names";
    private const int RunningMax = 4;
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(2);
    private int _running;

    /// <summary>False if nobody knows any.</summary>
    /// <param name="argument">Whose value is wanted.</param>
    /// <param name="onKnown">Called once, on any thread, with all of them.</param>
    public bool TryAsk(ArgumentDefinition argument, Action<IReadOnlyList<Proposal>> onKnown)
    {
        foreach (var handler in handlers)
        {
            if (handler.Palette.Commands.FirstOrDefault(c => c.Name == CommandName) is not { Arguments: [var kind, ..] } || !kind.DefaultValues.Contains(argument.Name))
                continue;
            if (Interlocked.Increment(ref _running) > RunningMax)
            {
                Interlocked.Decrement(ref _running);
                return false;
            }
            var limit = new Cancelable(system.Scheduler);
            var command = new Command(handler.Palette.ModuleName, CommandName, [Tuple.Create(kind.Switch[0], argument.Name)]);
            var output = new StringBuilder();
            // A run's frames come from its actor alone, one after the other.
            var run = system.ActorOf(CommandRun.Props(handler.HandlerProps, command, frame =>
            {
                if (frame.Type is CmdFrameType.Output or CmdFrameType.Done)
                    output.Append(frame.Text).Append('\n');
                if (frame.Type == CmdFrameType.Output)
                    return;
                limit.Cancel();
                Interlocked.Decrement(ref _running);
                onKnown([.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => new Proposal(line, argument.Name))]);
            }));
            system.Scheduler.ScheduleTellOnce(WaitMax, run, CommandRun.Cancel.Instance, ActorRefs.NoSender, limit);
            return true;
        }
        return false;
    }
}
