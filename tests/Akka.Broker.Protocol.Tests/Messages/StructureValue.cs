using Akka.Broker.Protocol.Generator;

namespace Akka.Broker.Protocol.Tests.Messages;

/// <summary>
/// The content of one structure in one version, as the schema sees it: what generated code is checked against. A value is null, a C# primitive,
/// a string, a byte array (bytes and records), a <see cref="StructureValue"/>, or a list of these. Fields that the version lacks are not in it.
/// </summary>
public sealed record StructureValue(Structure Structure)
{
    public Dictionary<string, object?> Values { get; } = [];

    /// <summary>Tagged fields that the schema does not know.</summary>
    public List<(int Tag, byte[] Data)> Unknown { get; } = [];
}
