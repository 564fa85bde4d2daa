using Akka.Broker.Cmd.Access;
using Akka.Broker.Cmd.Output;
using Akka.Broker.Operations;
using Akka.Broker.Replication.Metadata;

namespace Akka.Broker.Cmd.Verbs;

/// <summary>What a verb has while it runs. The verb's own task uses it.</summary>
/// <param name="node">This node's.</param>
/// <param name="arguments">Of the command.</param>
/// <param name="write">Takes a piece of output. Any thread.</param>
/// <param name="cancelled">Nobody waits for the verb any more.</param>
internal sealed class VerbContext(BrokerAdministration node, VerbArguments arguments, Action<string> write, CancellationToken cancelled) : IDisposable
{
    public const string Format = "format";
    public const string ExecuteFlag = "execute";

    public BrokerAdministration Node { get; } = node;

    public VerbArguments Arguments { get; } = arguments;

    public CancellationToken Cancelled { get; } = cancelled;

    /// <summary>The ways to the brokers, opened when they are first asked.</summary>
    public Peers Peers { get; } = new(node, cancelled);

    /// <summary>The newest metadata.</summary>
    public MetadataImage Image => Node.Metadata.Current;

    public long NowMs => Node.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Whether it is to be done, or only shown.</summary>
    public bool Executes => Arguments.Flag(ExecuteFlag);

    private bool IsJson => Arguments.Choice(Format, "table", "json") == "json";

    public void Say(string line) => write(line);

    public void Show(Report report) => write(IsJson ? report.ToJson() : report.ToText());

    /// <summary>A remark for people, which a program would stumble over.</summary>
    public void SayUnlessJson(string line)
    {
        if (!Arguments.Has(Format) || !IsJson)
            write(line);
    }

    /// <summary>The end of a verb that has only shown what it would do.</summary>
    public void SayHowToExecute() => SayUnlessJson("Nothing is changed. Add --execute to do it.");

    public void Dispose() => Peers.Dispose();
}
