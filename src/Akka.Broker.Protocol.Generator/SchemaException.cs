namespace Akka.Broker.Protocol.Generator;

/// <summary>A schema file is wrong; becomes a build error at that line and column (both from 0).</summary>
public sealed class SchemaException(int line, int column, string message) : Exception(message)
{
    public int Line { get; } = line;

    public int Column { get; } = column;
}
