namespace Akka.Broker.Settings;

/// <summary>The configuration cannot be used. One mistake a line, each with the key's path, the value seen and what is allowed.</summary>
public sealed class InvalidSettingsException(IReadOnlyList<string> mistakes) : Exception(string.Join(Environment.NewLine, mistakes))
{
    public IReadOnlyList<string> Mistakes { get; } = mistakes;
}
