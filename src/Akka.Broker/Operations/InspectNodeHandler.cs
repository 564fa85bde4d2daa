using System.Globalization;
using Akka.Broker.Gateway;
using Akka.Broker.Groups;
using Akka.Broker.Protocol;
using Akka.Broker.Protocol.Messages;
using Akka.Broker.Storage;

namespace Akka.Broker.Operations;

/// <summary>Tells what only this node knows, and does what only it can, for an operator who is connected to some node of the cluster.</summary>
/// <param name="logs">This node's.</param>
/// <param name="history">Of the groups that it coordinates.</param>
/// <param name="requestStop">Asks for the process to stop in order.</param>
/// <param name="time">The node's.</param>
public sealed class InspectNodeHandler(LogManager logs, GroupHistory history, Action<string> requestStop, TimeProvider time)
    : RequestHandler<InspectNodeRequest, InspectNodeResponse>
{
    // The answer is with whoever asked before the connection is closed.
    private static readonly TimeSpan StopDelay = TimeSpan.FromMilliseconds(100);

    public override (short Min, short Max) Versions => (0, 0);

    public override bool IsInterBrokerOnly => true;

    public override async ValueTask<InspectNodeResponse> HandleAsync(InspectNodeRequest request, RequestContext context, CancellationToken connectionClosed)
    {
        switch (request.Subject)
        {
            case NodeSubjects.Strays:
                var strays = await logs.StraysAsync().ConfigureAwait(false);
                return Answer(strays.Select(s => new[] { s.Path, Number(s.SinceMs), Number(s.RemovedMs) }));
            case NodeSubjects.GroupHistory:
                return Answer(history.Of(request.Argument).Select(n => new[] { Number(n.UnixMs), n.Text }));
            case NodeSubjects.Stop:
                _ = StopSoonAsync(request.Argument);
                return Answer([]);
            default:
                return new InspectNodeResponse
                {
                    ErrorCode = ErrorCode.InvalidRequest,
                    ErrorMessage = $"This node cannot be asked '{request.Subject}'; allowed: {NodeSubjects.Strays}, {NodeSubjects.GroupHistory}, {NodeSubjects.Stop}.",
                };
        }
    }

    private async Task StopSoonAsync(string reason)
    {
        await Task.Delay(StopDelay, time).ConfigureAwait(false);
        requestStop(reason);
    }

    private static InspectNodeResponse Answer(IEnumerable<string[]> rows) => new() { Rows = [.. rows.Select(r => new InspectNodeResponse.InspectedRow { Cells = r })] };

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
