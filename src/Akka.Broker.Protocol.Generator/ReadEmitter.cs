namespace Akka.Broker.Protocol.Generator;

/// <summary>The <c>Read</c> method of a structure.</summary>
internal static class ReadEmitter
{
    private const string Messages = "global::Akka.Broker.Protocol.Messages";

    public static void Emit(CodeWriter code, Message message, Structure structure)
    {
        var compact = MessageEmitter.Compact(message, structure);
        code.Line();
        code.Open($"public void Read(ref {Messages}.MessageReader reader, short version)");
        if (structure == message.Root)
            code.If("version is < LowestVersion or > HighestVersion", $"{Messages}.MessageVersions.ThrowUnknown(nameof({message.ClassName}), version, LowestVersion, HighestVersion);");
        if (compact == "compact")
            code.Line($"var compact = version >= {message.Definition.FlexibleFrom};");
        foreach (var field in structure.Fields)
        {
            var untagged = UntaggedCondition(field, structure);
            if (untagged == "false")
                continue;
            EmitConditional(code, untagged, () => EmitValue(code, message, structure, field, compact));
        }

        if (compact != "false")
            EmitConditional(code, compact == "true" ? null : compact, () => EmitTagged(code, message, structure, compact));
        code.Close();
    }

    /// <summary>Where the field exists and stands in its place; tags take over from a version on, never before one.</summary>
    public static string? UntaggedCondition(Field field, Structure structure)
    {
        if (field.TagVersions.IsEmpty)
            return field.Versions.Condition(structure.Versions);
        return new VersionRange(field.Versions.Low, field.TagVersions.Low - 1).Condition(structure.Versions);
    }

    private static void EmitTagged(CodeWriter code, Message message, Structure structure, string compact)
    {
        var tagged = MessageEmitter.Tagged(structure);
        if (tagged.Count == 0)
        {
            code.Line($"UnknownTaggedFields = {Messages}.TaggedFields.ReadUnknown(ref reader);");
            return;
        }

        code.Line("UnknownTaggedFields = null;");
        code.Line("var tag = -1;");
        code.Open("for (var left = reader.ReadUnsignedVarint(); left > 0; left--)");
        code.Line("var outerEnd = reader.BeginTaggedField(ref tag);");
        code.Open("switch (tag)");
        foreach (var field in tagged)
        {
            var condition = field.TagVersions.Condition(structure.Versions);
            code.Open($"case {field.Tag}{(condition is null ? "" : $" when {condition}")}:");
            EmitValue(code, message, structure, field, compact);
            code.Line("break;");
            code.Close();
        }

        code.Line("default:");
        code.Line("    (UnknownTaggedFields ??= []).Add(reader.ReadRawTaggedField(tag));");
        code.Line("    break;");
        code.Close();
        code.Line("reader.EndTaggedField(outerEnd);");
        code.Close();
    }

    private static void EmitValue(CodeWriter code, Message message, Structure structure, Field field, string compact)
    {
        var mayBeNull = MayBeNull(field, structure);
        if (field.Type.IsArray)
            EmitArray(code, message, field, compact, mayBeNull);
        else if (field.Type.Structure is { } inner)
            EmitStructure(code, field, inner, mayBeNull);
        else
            code.Line($"{field.Name} = {Value(field.Type.Primitive, compact, mayBeNull)};");
    }

    /// <summary>Whether null is allowed in the version at hand, as a C# expression.</summary>
    public static string MayBeNull(Field field, Structure structure) => field.NullVersions.Condition(field.Versions.Intersect(structure.Versions)) ?? "true";

    private static string Value(string type, string compact, string mayBeNull)
    {
        var primitive = Primitive.All[type];
        if (!primitive.IsSized)
            return $"reader.Read{primitive.Method}()";
        if (mayBeNull == "false" && type != "records")
            return $"reader.Read{primitive.Method}({compact})";
        var value = $"reader.ReadNullable{primitive.Method}({compact}, {mayBeNull})";
        return type == "records" && mayBeNull == "false" ? value + "!" : value;
    }

    private static void EmitStructure(CodeWriter code, Field field, Structure inner, string mayBeNull)
    {
        if (mayBeNull == "false")
        {
            code.Line($"{field.Name} = new {inner.Name}();");
            code.Line($"{field.Name}.Read(ref reader, version);");
            return;
        }

        code.Line($"{field.Name} = reader.ReadPresence() ? new {inner.Name}() : null;");
        code.Line($"{field.Name}?.Read(ref reader, version);");
    }

    private static void EmitArray(CodeWriter code, Message message, Field field, string compact, string mayBeNull)
    {
        var count = $"count{field.Name}";
        var method = field.Type.Structure is null ? "ReadArrayLength" : "ReadStructureCount";
        code.Line($"var {count} = reader.{method}({compact}, {mayBeNull}, {SizeBound.Of(message, field)});");
        if (field.IsNullableInCode)
        {
            code.Line($"{field.Name} = null;");
            code.Open($"if ({count} >= 0)");
        }

        if (field.Type.Structure is null)
            EmitPrimitives(code, field, compact, count);
        else
            EmitStructures(code, field, count);
        if (field.IsNullableInCode)
            code.Close();
    }

    private static void EmitPrimitives(CodeWriter code, Field field, string compact, string count)
    {
        var items = $"items{field.Name}";
        var element = MessageEmitter.ElementType(field.Type);
        code.Line($"{element}[] {items} = {count} == 0 ? [] : new {element}[{count}];");
        code.Open($"for (var i = 0; i < {items}.Length; i++)");
        code.Line($"{items}[i] = {Value(field.Type.Primitive, compact, "false")};");
        code.Close();
        code.Line($"{field.Name} = {items};");
    }

    /// <summary>A list that is there already is filled: a new message's empty one is not thrown away.</summary>
    private static void EmitStructures(CodeWriter code, Field field, string count)
    {
        var element = MessageEmitter.ElementType(field.Type);
        if (field.IsNullableInCode)
        {
            code.Line($"{field.Name} = new global::System.Collections.Generic.List<{element}>({count});");
        }
        else
        {
            code.Line($"{field.Name}.Clear();");
            code.Line($"{field.Name}.EnsureCapacity({count});");
        }

        code.Open($"for (var i = 0; i < {count}; i++)");
        code.Line($"var item = new {element}();");
        code.Line("item.Read(ref reader, version);");
        code.Line($"{field.Name}.Add(item);");
        code.Close();
    }

    public static void EmitConditional(CodeWriter code, string? condition, Action body)
    {
        if (condition is null)
        {
            body();
            return;
        }

        code.Open($"if ({condition})");
        body();
        code.Close();
    }
}
