using System.Globalization;
using Akka.Actor;
using Akka.Broker.Groups;
using Akka.Broker.Storage;

namespace Akka.Broker.Operations;

/// <summary>
/// Tells what only this node knows, and does what only it can, for an operator who is connected to some node of the cluster, or for another node. At <c>/user/operations</c> on every
/// node, so that only members of the Akka cluster ask: the listeners for clients, one of which may be the brokers' too, have no such API.
/// </summary>
public sealed class OperationsActor : ReceiveActor
{
    public const string Name = "operations";

    // The answer is with whoever asked before the connection is closed.
    private static readonly TimeSpan StopDelay = TimeSpan.FromMilliseconds(100);

    private readonly LogManager _logs;
    private readonly GroupHistory _history;
    private readonly Action<string> _requestStop;
    private readonly TimeProvider _time;

    /// <param name="logs">This node's.</param>
    /// <param name="history">Of the groups that it coordinates.</param>
    /// <param name="requestStop">Asks for the process to stop in order. Any thread.</param>
    /// <param name="time">The node's.</param>
    public OperationsActor(LogManager logs, GroupHistory history, Action<string> requestStop, TimeProvider time)
    {
        (_logs, _history, _requestStop, _time) = (logs, history, requestStop, time);
        Receive<InspectNode>(question => AnswerAsync(question).PipeTo(Sender, success: null, failure: cause => new NodeInspected([], cause.Message)));
    }

    public static Props Props(LogManager logs, GroupHistory history, Action<string> requestStop, TimeProvider time) =>
        Actor.Props.Create(() => new OperationsActor(logs, history, requestStop, time));

    private async Task<NodeInspected> AnswerAsync(InspectNode question)
    {
        switch (question.Subject)
        {
            case NodeSubjects.Strays:
                var strays = await _logs.StraysAsync().ConfigureAwait(false);
                return new NodeInspected([.. strays.Select(s => new[] { s.Path, Number(s.SinceMs), Number(s.RemovedMs) })]);
            case NodeSubjects.GroupHistory:
                return new NodeInspected([.. _history.Of(question.Argument).Select(n => new[] { Number(n.UnixMs), n.Text })]);
            case NodeSubjects.Damaged when LogAt.TryParse(question.Argument, out var at):
                if (_logs.All.FirstOrDefault(l => l.Id.TopicId == at.TopicId && l.Id.Partition == at.Partition) is { } log)
                    _logs.Suspect(log, at.Offset);
                return new NodeInspected([]);
            case NodeSubjects.Stop:
                _ = StopSoonAsync(question.Argument);
                return new NodeInspected([]);
            default:
                return new NodeInspected(
                    [], $"It cannot be asked '{question.Subject}'; allowed: {NodeSubjects.Strays}, {NodeSubjects.GroupHistory}, {NodeSubjects.Damaged} with a topic id, partition and offset, {NodeSubjects.Stop}.");
        }
    }

    private async Task StopSoonAsync(string reason)
    {
        await Task.Delay(StopDelay, _time).ConfigureAwait(false);
        _requestStop(reason);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
