namespace Akka.Broker.Protocol.Generator;

/// <summary>A primitive type of the schema: its C# type, the reader's and writer's method, and the fewest bytes it takes.</summary>
public sealed class Primitive(string codeType, string method, int size, bool isSized = false)
{
    public static readonly IReadOnlyDictionary<string, Primitive> All = new Dictionary<string, Primitive>
    {
        ["bool"] = new("bool", "Bool", 1),
        ["int8"] = new("sbyte", "Int8", 1),
        ["int16"] = new("short", "Int16", 2),
        ["uint16"] = new("ushort", "UInt16", 2),
        ["int32"] = new("int", "Int32", 4),
        ["uint32"] = new("uint", "UInt32", 4),
        ["int64"] = new("long", "Int64", 8),
        ["float64"] = new("double", "Float64", 8),
        ["uuid"] = new("global::System.Guid", "Uuid", 16),
        ["error"] = new("global::Akka.Broker.Protocol.ErrorCode", "Error", 2),
        ["string"] = new("string", "String", 2, isSized: true),
        ["bytes"] = new("global::System.ReadOnlyMemory<byte>", "Bytes", 4, isSized: true),
        ["records"] = new("global::Akka.Broker.Protocol.Messages.Records", "Records", 4, isSized: true),
    };

    public string CodeType { get; } = codeType;

    /// <summary>Behind <c>Read</c> and <c>Write</c>.</summary>
    public string Method { get; } = method;

    /// <summary>It has a length in front, so it may be null and has a compact form, of at least one byte.</summary>
    public bool IsSized { get; } = isSized;

    public int SizeMin(bool compact) => IsSized && compact ? 1 : size;
}
