// The studio's page begins here.
import { mount } from "svelte";
import App from "./App.svelte";
import "../../report/page/tokens.css";
import "./page.css";

const target = document.getElementById("studio");
if (target !== null) mount(App, { target });
