using Pbm;

return await new PbmTool(Console.In, Console.Out, Console.Error).RunAsync(args);
