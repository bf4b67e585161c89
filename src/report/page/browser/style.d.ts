// Style files that scripts name: the bundler puts them beside the script.
declare module "*.css";
