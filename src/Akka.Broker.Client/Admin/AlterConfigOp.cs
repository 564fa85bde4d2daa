namespace Akka.Broker.Client.Admin;

/// <summary>A change to one setting; the others stay.</summary>
public sealed record AlterConfigOp(string Name, AlterConfigOpType Type, string? Value)
{
    public static AlterConfigOp Set(string name, string value) => new(name, AlterConfigOpType.Set, value);

    /// <summary>Back to what holds without it.</summary>
    public static AlterConfigOp Delete(string name) => new(name, AlterConfigOpType.Delete, null);

    /// <summary>Adds to a list.</summary>
    public static AlterConfigOp Append(string name, string value) => new(name, AlterConfigOpType.Append, value);

    /// <summary>Takes from a list.</summary>
    public static AlterConfigOp Subtract(string name, string value) => new(name, AlterConfigOpType.Subtract, value);
}

/// <summary>By the protocol's numbers.</summary>
public enum AlterConfigOpType : sbyte
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}
