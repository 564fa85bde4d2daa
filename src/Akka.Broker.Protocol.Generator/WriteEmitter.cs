namespace Akka.Broker.Protocol.Generator;

/// <summary>The <c>Write</c> method of a structure.</summary>
internal static class WriteEmitter
{
    private const string Messages = "global::Akka.Broker.Protocol.Messages";

    public static void Emit(CodeWriter code, Message message, Structure structure)
    {
        var compact = MessageEmitter.Compact(message, structure);
        code.Line();
        code.Open($"public void Write({Messages}.MessageWriter writer, short version)");
        if (structure == message.Root)
            code.If("version is < LowestVersion or > HighestVersion", $"{Messages}.MessageVersions.ThrowUnknown(nameof({message.ClassName}), version, LowestVersion, HighestVersion);");
        if (compact == "compact")
            code.Line($"var compact = version >= {message.Definition.FlexibleFrom};");
        foreach (var field in structure.Fields.Where(f => f.IsRequired && MessageEmitter.CanTellIfSet(f) && !f.Versions.Covers(structure.Versions)))
            code.If($"!({field.Versions.Condition(structure.Versions)}) && {MessageEmitter.IsSet(field)}", $"{Messages}.MessageVersions.ThrowNoPlace(nameof({message.ClassName}), nameof({field.Name}), version);");
        foreach (var field in structure.Fields)
        {
            var untagged = ReadEmitter.UntaggedCondition(field, structure);
            if (untagged != "false")
                ReadEmitter.EmitConditional(code, untagged, () => EmitValue(code, structure, field, compact));
        }

        if (compact != "false")
            ReadEmitter.EmitConditional(code, compact == "true" ? null : compact, () => EmitTagged(code, structure, compact));
        code.Close();
    }

    private static void EmitTagged(CodeWriter code, Structure structure, string compact)
    {
        var tagged = MessageEmitter.Tagged(structure);
        if (tagged.Count == 0)
        {
            code.Line($"{Messages}.TaggedFields.WriteUnknown(writer, UnknownTaggedFields);");
            return;
        }

        code.Line("var taggedFields = UnknownTaggedFields?.Count ?? 0;");
        foreach (var field in tagged)
            code.If(Condition(structure, field), "taggedFields++;");
        code.Line("writer.WriteUnsignedVarint((uint)taggedFields);");
        code.Line("var unknown = 0;");
        foreach (var field in tagged)
        {
            code.Open($"if ({Condition(structure, field)})");
            code.Line($"unknown = writer.WriteRawTaggedFields(UnknownTaggedFields, unknown, {field.Tag});");
            code.Line($"var mark = writer.BeginTaggedField({field.Tag});");
            EmitValue(code, structure, field, compact);
            code.Line("writer.EndTaggedField(mark);");
            code.Close();
        }

        code.Line("writer.WriteRawTaggedFields(UnknownTaggedFields, unknown);");
    }

    private static string Condition(Structure structure, Field field)
    {
        var versions = field.TagVersions.Condition(structure.Versions);
        return versions is null ? MessageEmitter.IsSet(field) : $"{versions} && {MessageEmitter.IsSet(field)}";
    }

    private static void EmitValue(CodeWriter code, Structure structure, Field field, string compact)
    {
        var mayBeNull = ReadEmitter.MayBeNull(field, structure);
        if (field.Type.IsArray)
            EmitArray(code, field, compact, mayBeNull);
        else if (field.Type.Structure is not null)
            EmitStructure(code, field, mayBeNull);
        else
            code.Line(Value(field.Type.Primitive, field.Name, compact, mayBeNull));
    }

    private static string Value(string type, string value, string compact, string mayBeNull)
    {
        var primitive = Primitive.All[type];
        return primitive.IsSized ? $"writer.Write{primitive.Method}({value}, {compact}, {mayBeNull});" : $"writer.Write{primitive.Method}({value});";
    }

    private static void EmitStructure(CodeWriter code, Field field, string mayBeNull)
    {
        if (mayBeNull == "false")
        {
            code.Line($"{field.Name}{(field.IsNullableInCode ? "!" : "")}.Write(writer, version);");
            return;
        }

        code.Line($"writer.WritePresence({field.Name} is not null);");
        code.Line($"{field.Name}?.Write(writer, version);");
    }

    private static void EmitArray(CodeWriter code, Field field, string compact, string mayBeNull)
    {
        var length = field.Type.Structure is null ? "Length" : "Count";
        var count = field.IsNullableInCode ? $"{field.Name}?.{length} ?? -1" : $"{field.Name}.{length}";
        code.Line($"writer.WriteArrayLength({count}, {compact}, {mayBeNull});");
        if (field.IsNullableInCode)
            code.Open($"if ({field.Name} is not null)");
        code.Open($"foreach (var item in {field.Name})");
        code.Line(field.Type.Structure is null ? Value(field.Type.Primitive, "item", compact, "false") : "item.Write(writer, version);");
        code.Close();
        if (field.IsNullableInCode)
            code.Close();
    }
}
